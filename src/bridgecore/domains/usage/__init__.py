"""What was asked of the platform and how it went: request log, error log, figures, metering."""

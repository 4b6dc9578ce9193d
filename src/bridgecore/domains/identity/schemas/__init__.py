"""Wire shapes of identity."""

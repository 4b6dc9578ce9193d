"""The rooms that know everyone: web app, worker, command line."""

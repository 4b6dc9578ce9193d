"""A tenant's connections to the outside systems it runs on, and the credentials for them."""

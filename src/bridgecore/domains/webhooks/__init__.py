"""Events that outside systems push: verified, stored, answered; worked on afterwards."""

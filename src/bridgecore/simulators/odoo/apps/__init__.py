"""What is installed: the models of each Odoo application with their business rules."""

"""The object-relational part: fields, models, domains, ordering, access, reading, changing."""

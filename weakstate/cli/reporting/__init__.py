"""What `weakstate report` does, part by part."""

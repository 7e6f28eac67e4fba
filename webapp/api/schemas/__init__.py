"""What the API takes and gives, one module for each group of operations."""

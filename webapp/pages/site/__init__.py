"""Navigation and help of the whole site."""

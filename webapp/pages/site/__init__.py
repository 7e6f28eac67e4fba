"""What belongs to the whole site: its navigation and its help."""

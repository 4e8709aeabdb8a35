"""Where each value stands: page and box, or not found. `locate` is the door."""

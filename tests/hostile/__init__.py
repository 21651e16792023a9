"""Files as hostile, careless and unlucky hands make them, and what perfxl must do with each."""

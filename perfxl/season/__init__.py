"""A budget season: hand forms out by a list, collect them, return what is wrong, compare one round with another."""

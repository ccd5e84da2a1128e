"""Four histories, one for each schema."""

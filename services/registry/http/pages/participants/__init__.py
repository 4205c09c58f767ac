"""The pages of those who take part."""

"""The vault: who the people are, apart from what they take part in."""

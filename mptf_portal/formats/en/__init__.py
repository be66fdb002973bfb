"""English as the United Nations writes it."""

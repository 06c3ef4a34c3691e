"""Questions about messages, texts, deliveries and wishes."""

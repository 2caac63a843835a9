"""What happens in a conversation: its transactions, order, repair, encryption, and the router in front of them."""

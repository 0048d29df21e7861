"""The one door to the network, and how we wait."""

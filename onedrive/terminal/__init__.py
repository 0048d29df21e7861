"""What a person sees and types, and what programs read instead."""

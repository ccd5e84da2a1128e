"""The one door: who is calling, what they may ask, where it goes, and what is written down of it."""

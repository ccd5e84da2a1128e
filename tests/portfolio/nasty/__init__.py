"""Project lists as nasty as agencies keep them, with the verdict that the rules give each row."""

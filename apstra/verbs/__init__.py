"""The verbs of the command line about the register: what they take, what they print, how they end."""

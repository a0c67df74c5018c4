"""How fast it is: programs that measure and print their figures. Not tests: no figure of a clock decides anything."""

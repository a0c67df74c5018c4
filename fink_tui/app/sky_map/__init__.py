"""A map of the sky in cells: what was found, among the lines and bodies that one looks for. Pure, without a screen."""

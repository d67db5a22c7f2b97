"""What makes a version out of this checkout: wheel, sdist, their contents, bill of materials, notes."""

"""Several hosts: the site on a network of its own, with an address each, while hosts are cut off and packets get lost."""

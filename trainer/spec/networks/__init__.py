"""The families of networks, each with its own fields, and the parts that they are made of."""

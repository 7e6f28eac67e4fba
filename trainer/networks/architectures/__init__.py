"""The layers of each family of networks, and the blocks that several of them share."""

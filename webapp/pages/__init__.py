"""The pages: views, forms and URLs, one folder for each room.

Not here: the actions behind a page, which belong to the rooms below. A page imports no page of another folder.
"""

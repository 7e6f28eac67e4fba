"""The pages: views, their forms and addresses, one folder for each room.

Not here: what a page does, which the rooms below do. A page imports no page of another folder.
"""

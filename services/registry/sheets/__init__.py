"""Reading other people's lists: from the bytes of a file to what each row says of an activity, and what it resembles.

Nothing in here knows the database; `usecases/import_activities.py` compares what was read with what is recorded.
"""

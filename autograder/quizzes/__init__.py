"""Quizzes: read and checked, keys worked out, released without them, practised, graded, exported."""

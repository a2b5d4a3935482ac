"""What a job is and what may happen to it. Needs pydantic only; knows no room of the house."""

"""What a scene shows, in the text forms of media/pictures/contents."""

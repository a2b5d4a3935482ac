"""What a sound file says of itself: title, artist, cover; read and written by mutagen, in a process apart."""

# Prints the home folder of the login user.

printf %s "$HOME"

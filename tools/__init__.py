"""Scripts for whoever works on the program, and the way in of the installed one."""

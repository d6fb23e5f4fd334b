/*
 * run.h: the program: read the command line, do the work or have the node do it.
 */
#ifndef CLI_RUN_H
#define CLI_RUN_H

/* Run a command line. Return the exit status: 0 done, 1 failed, 2 wrong usage. */
int run(int argc, char **argv);

#endif

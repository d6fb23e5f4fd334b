/*
 * discovery_node_util.h: discovery as a program of its own, for the tests in which several hosts find each other.
 *
 *   discovery_test node [--port N] [--interface IF]...   run; each line on stdout begins with the time in milliseconds:
 *       TIME heard 4|6 ADDRESS PORT TOKEN connect|wait
 *       TIME counts NAME=NUMBER... memory_kib=NUMBER      after SIGUSR2
 *       TIME problem TEXT                                  after SIGUSR2, if there is one
 *     SIGUSR1 takes new tokens; SIGTERM and SIGINT end it.
 *   discovery_test flood IF COUNT [ADDRESS]...            send COUNT beacons of random tokens, from these IPv4
 * addresses
 */
#ifndef TEST_CARRIER_DISCOVERY_NODE_UTIL_H
#define TEST_CARRIER_DISCOVERY_NODE_UTIL_H

/* Run what the arguments say. Return the exit status. */
int discovery_node_main(int argc, char **argv);

#endif

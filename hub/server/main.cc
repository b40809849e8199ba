#include "hub/server/hub_main.h"

int main(int argc, char** argv) { return vervet::hub::HubMain(argc, argv, nullptr); }

// Runs scenarios of a script in tests/dashboard with node, against a page.
#ifndef VERVET_TESTS_DASHBOARD_SCRIPT_H_
#define VERVET_TESTS_DASHBOARD_SCRIPT_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace vervet::dashboard {

// What became of each scenario: "" where it passed, else the reason. `scenario`: one name, or
// "all".
using Outcomes = std::map<std::string, std::string>;

// A script that prints one of the words in `requests` gets what the function returns, JSON, and
// waits for it.
Outcomes RunScript(const std::string& script, const std::string& scenario, const std::string& url,
                   std::vector<std::pair<std::string, std::string>> environment = {},
                   const std::map<std::string, std::function<std::string()>>& requests = {});

}  // namespace vervet::dashboard

#endif  // VERVET_TESTS_DASHBOARD_SCRIPT_H_

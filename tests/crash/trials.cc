#include "tests/crash/trials.h"

#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"

namespace vervet::crash {
namespace {

using test_support::Fault;
using test_support::FaultDisk;
using test_support::FaultVfs;
using test_support::Files;
using test_support::Operation;
using test_support::Platter;

constexpr size_t kViolationsShown = 20;
// Steps behind a fault after which the power is lost as well: what the fault broke without saying
// so shows in what is acknowledged next.
constexpr size_t kLooksAfterAFault = 2;

void AddViolations(const Finding& finding, const std::string& where, Report& report) {
  for (const std::string& violation : finding.violations) {
    report.violations.push_back(absl::StrCat(where, ": ", violation));
  }
}

// A look at what `files` hold, on a disk of their own.
Finding LookAt(FaultVfs& vfs, const Files& files, StoreScript& script, const Progress& progress) {
  vfs.Mount(std::make_shared<FaultDisk>(files));
  return script.LookAtRestarted(progress);
}

class FaultTrial {
 public:
  FaultTrial(FaultVfs& vfs, StoreScript& script, const Fault& fault, Report& report)
      : vfs_(vfs), script_(script), fault_(fault), report_(report) {}

  void Run() {
    vfs_.Mount(disk_);
    disk_->Plan(fault_);
    size_t looks_left = kLooksAfterAFault;
    for (size_t step = 0; step < script_.size(); ++step) {
      const absl::Status status = script_.Run(step);
      if (!status.ok() && !AfterFailure(step, status)) return;
      // The step is acknowledged now, even where a fault was met and passed over.
      if (disk_->fault_met() && looks_left > 0) {
        --looks_left;
        LoseThePower({step + 1, false}, 0, Where(step, "acknowledged"));
      }
    }
    script_.Close();
    disk_->Heal();
    const Finding finding =
        LookAt(vfs_, disk_->AfterPowerLoss(0), script_, {script_.size(), false});
    AddViolations(finding, Where("at the end"), report_);
    if (!disk_->fault_met()) Give(Where("at the end"), "the fault was never met");
  }

 private:
  // False where the run cannot go on.
  bool AfterFailure(size_t step, const absl::Status& status) {
    const std::string where = Where(step, "failed");
    ++report_.failed_steps;
    if (!disk_->fault_met())
      return Give(where, absl::StrCat("fails by itself: ", status.ToString()));
    disk_->Heal();
    const Progress progress{step, true};
    // In turn: nothing unsynced survives, all of it, some.
    LoseThePower(progress, fault_.call % 3 == 2 ? 2 + fault_.call : fault_.call % 3, where);
    const absl::Status recovered = script_.Recover();
    if (!recovered.ok()) return Give(where, absl::StrCat("no way on: ", recovered.ToString()));
    const Finding finding = script_.LookAtOpen(progress);
    AddViolations(finding, where, report_);
    if (!finding.violations.empty()) return false;
    if (finding.present > step) return true;
    const absl::Status again = script_.Run(step);
    return again.ok() || Give(where, absl::StrCat("fails again: ", again.ToString()));
  }

  // A power loss now; the run goes on afterwards.
  void LoseThePower(const Progress& progress, uint64_t seed, const std::string& where) {
    const Finding lost = LookAt(vfs_, disk_->AfterPowerLoss(seed), script_, progress);
    AddViolations(lost, absl::StrCat(where, ", power loss with seed ", seed), report_);
    vfs_.Mount(disk_);
  }

  bool Give(const std::string& where, const std::string& what) {
    report_.violations.push_back(absl::StrCat(where, ": ", what));
    return false;
  }

  std::string Where(size_t step, const std::string& what) const {
    return Where(absl::StrCat("step ", step, " (", script_.NameOf(step), ") ", what));
  }
  std::string Where(const std::string& at) const {
    return absl::StrCat(fault_.error == Fault::Error::kFull ? "disk full" : "I/O error",
                        fault_.lasts ? " from call " : " at call ", fault_.call, ", ", at);
  }

  FaultVfs& vfs_;
  StoreScript& script_;
  const Fault fault_;
  Report& report_;
  const std::shared_ptr<FaultDisk> disk_ = std::make_shared<FaultDisk>();
};

// Of each step: how many changes had been asked for when it was acknowledged.
std::vector<size_t> RunWithoutFault(FaultVfs& vfs, std::shared_ptr<FaultDisk> disk,
                                    StoreScript& script, Report& report) {
  vfs.Mount(disk);
  std::vector<size_t> acknowledged_at;
  for (size_t step = 0; step < script.size(); ++step) {
    const absl::Status status = script.Run(step);
    if (!status.ok()) {
      report.violations.push_back(
          absl::StrCat("without any fault, ", script.NameOf(step), ": ", status.ToString()));
      break;
    }
    acknowledged_at.push_back(disk->changes().size());
  }
  script.Close();
  report.syncs = disk->syncs();
  return acknowledged_at;
}

}  // namespace

std::string Report::Summary() const {
  std::string text =
      absl::StrCat(moments, " moments, ", trials, " trials, ", failed_steps, " failed steps, ",
                   syncs, " syncs a run, ", violations.size(), " violations\n");
  for (size_t i = 0; i < violations.size() && i < kViolationsShown; ++i) {
    absl::StrAppend(&text, "  ", violations[i], "\n");
  }
  return text;
}

Report LosePowerAtEveryChange(FaultVfs& vfs, const MakeScript& make,
                              const std::vector<uint64_t>& seeds) {
  Report report;
  const auto script = make();
  const auto disk = std::make_shared<FaultDisk>();
  const std::vector<size_t> acknowledged_at = RunWithoutFault(vfs, disk, *script, report);

  Platter platter;
  for (size_t moment = 0; moment <= disk->changes().size(); ++moment) {
    Progress progress;
    while (progress.acknowledged < acknowledged_at.size() &&
           acknowledged_at[progress.acknowledged] <= moment) {
      ++progress.acknowledged;
    }
    progress.next_may_be_there = progress.acknowledged < script->size();
    const bool at_end = moment == disk->changes().size();
    const Operation* const in_flight = at_end ? nullptr : &disk->changes()[moment];
    ++report.moments;
    for (const uint64_t seed : seeds) {
      const uint64_t mixed = seed < 2 ? seed : seed + moment * 1'000'003;
      ++report.trials;
      AddViolations(LookAt(vfs, platter.AfterPowerLoss(mixed, in_flight), *script, progress),
                    absl::StrCat("power loss at change ", moment, ", seed ", seed, ", after ",
                                 progress.acknowledged, " steps"),
                    report);
    }
    if (!at_end) platter.Apply(*in_flight);
  }
  return report;
}

Report FailEveryCall(FaultVfs& vfs, const MakeScript& make, const Fault& kind) {
  Report report;
  const auto disk = std::make_shared<FaultDisk>();
  RunWithoutFault(vfs, disk, *make(), report);
  std::vector<uint64_t> calls = disk->writes();
  if (kind.error == Fault::Error::kInputOutput) {
    calls.resize(disk->calls());
    std::iota(calls.begin(), calls.end(), 1);
  }
  for (const uint64_t call : calls) {
    const auto script = make();
    Fault fault = kind;
    fault.call = call;
    FaultTrial(vfs, *script, fault, report).Run();
    ++report.moments;
    ++report.trials;
  }
  return report;
}

}  // namespace vervet::crash

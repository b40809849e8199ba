// A fixed number of threads behind a bounded queue. Full means refused at the door, never a caller
// that waits.
#ifndef VERVET_CORE_BASE_WORK_POOL_H_
#define VERVET_CORE_BASE_WORK_POOL_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/mutex.h"

namespace vervet {

// Thread-safe. The destructor runs what is queued and joins.
class WorkPool {
 public:
  using Task = std::function<void()>;

  // `name` (at most 15 bytes) is the threads' name in a debugger. At least one thread.
  WorkPool(std::string name, size_t threads, size_t queue_capacity);
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  // False when the queue is full or the pool is stopping; the task is not run then.
  [[nodiscard]] bool TrySubmit(Task task);

  // Refuses new tasks, runs those that are queued, joins. Idempotent; not from a task.
  void Stop();

  size_t queue_capacity() const { return queue_capacity_; }
  // Tasks that wait for a thread.
  size_t queue_length() const {
    MutexLock lock(mutex_);
    return queue_.size();
  }

 private:
  void Run();

  const std::string name_;
  const size_t queue_capacity_;
  mutable Mutex mutex_;
  CondVar wake_;
  std::deque<Task> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Mutex join_mutex_;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(join_mutex_);
};

}  // namespace vervet

#endif  // VERVET_CORE_BASE_WORK_POOL_H_

// The one place that decides which instruction-set unit does the work.
//
// Units: "ifma" (AVX-512 IFMA) and "avx2" (AVX2 and FMA), which have eight lanes, "adx" (products by
// mulx, adcx and adox) and "portable". The module takes the best one that the processor can run,
// once, when it is loaded; the environment variable ZKCREDIT_KERNEL forces one. All units compute the
// same field elements, and everything that leaves the kernel is canonical, so results are the same
// bit for bit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dispatch/processor.hpp"

namespace zkc::dispatch {

/// Installs the unit on the first call; returns its name. Throws std::runtime_error if
/// ZKCREDIT_KERNEL names one that is not built in or that this processor cannot run.
std::string_view activate();

/// The name of the unit that `activate` would take. `forced` is null or empty for a free choice.
std::string_view choice(const char* forced, const Processor& processor);

/// The units that this processor runs, in order of preference.
std::vector<std::string> available();

}  // namespace zkc::dispatch

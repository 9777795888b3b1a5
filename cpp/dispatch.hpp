// The one place that decides which instruction-set unit does the work.
//
// Units are separate translation units; today there is one, "portable" (baseline flags). The choice
// is made once, can be forced with ZKCREDIT_KERNEL, and is reported by name().
#pragma once

#include <string_view>

namespace zkc::dispatch {

/// The chosen unit. Throws std::runtime_error when ZKCREDIT_KERNEL names one that is not built in.
std::string_view name();

}  // namespace zkc::dispatch

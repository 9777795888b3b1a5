// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFxSource} from "../../src/interfaces/IFxSource.sol";

/// @dev A gate's source of rates where no policy is in another currency than its loan.
IFxSource constant NO_FX = IFxSource(address(0));

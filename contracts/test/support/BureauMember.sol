// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";

/// @title Market for tests of the bureau
/// @dev It is its own gate, which says that everybody proved everything.
contract BureauMember {
    function gate() external view returns (IApplicationGate) {
        return IApplicationGate(address(this));
    }

    function consumedLast(address, Nullifier) external pure returns (bool) {
        return true;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFxSource} from "../interfaces/IFxSource.sol";
import {FxMath} from "../libraries/FxMath.sol";

/// @title Common part of sources of exchange rates
abstract contract FxSource is IFxSource {
    /// @inheritdoc IFxSource
    uint256 public constant RATE_ONE = FxMath.ONE;

    /// @inheritdoc IFxSource
    function rateOf(uint16 base, uint16 quote, uint256 deadline, bytes calldata evidence)
        public
        view
        returns (uint256 rate)
    {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline);
        rate = _rate(base, quote, deadline, evidence);
        if (rate == 0 || rate >= type(uint64).max) revert RateOutOfRange(rate);
    }

    /// @inheritdoc IFxSource
    function convertUp(
        uint256 amount,
        uint16 base,
        uint16 quote,
        uint256 deadline,
        bytes calldata evidence
    ) external view returns (uint256) {
        return FxMath.convertUp(amount, rateOf(base, quote, deadline, evidence));
    }

    /// @dev Returns the rate of a pair; its range is checked by the caller.
    function _rate(uint16 base, uint16 quote, uint256 deadline, bytes calldata evidence)
        internal
        view
        virtual
        returns (uint256);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What Chainlink's price feeds and sequencer feeds answer
interface Aggregator {
    /// @notice Decimal places of an answer.
    /// @return Their number.
    function decimals() external view returns (uint8);

    /// @notice The newest round.
    /// @return roundId Number of the round.
    /// @return answer Price, or 0 if a sequencer works and 1 if it does not.
    /// @return startedAt When the round began, Unix seconds.
    /// @return updatedAt When the answer was computed, Unix seconds.
    /// @return answeredInRound Number of a round; obsolete.
    function latestRoundData()
        external
        view
        returns (
            uint80 roundId,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        );
}
